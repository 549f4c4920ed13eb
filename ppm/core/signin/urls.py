"""Addresses of signing in. Those of allauth that make or change accounts are left out."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as sso
from allauth.usersessions import views as sessions
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from ppm.core.signin import calendars, pages
from ppm.core.signin.guards import (
    EACH_ADDRESS,
    address_of,
    called_account,
    limited,
    named_mailbox,
    own_account,
)
from ppm.core.signin.limits import MAIL_FROM, MAIL_TO, OF_ACCOUNT, OF_CODE
from ppm.core.signin.recency import recently_signed_in

by_name = limited(EACH_ADDRESS, (OF_ACCOUNT, called_account))
by_password = limited(EACH_ADDRESS, (OF_ACCOUNT, own_account))
by_code = limited(EACH_ADDRESS, (OF_CODE, own_account))
by_key = limited(EACH_ADDRESS)
change_password = by_password(account.password_change)
by_mail = limited((MAIL_FROM, address_of), (MAIL_TO, named_mailbox), counts_all=True)

# Whom only the identity provider knows, allauth itself would not ask.
add_app = recently_signed_in(by_code(totp.activate_totp))
remove_app = recently_signed_in(totp.deactivate_totp)
see_codes = recently_signed_in(recovery.view_recovery_codes)
make_codes = recently_signed_in(recovery.generate_recovery_codes)
download_codes = recently_signed_in(recovery.download_recovery_codes)
add_key = recently_signed_in(passkeys.add_webauthn)
rename_key = recently_signed_in(passkeys.edit_webauthn)
remove_key = recently_signed_in(passkeys.remove_webauthn)

sign_in, sign_out = by_name(account.login), require_POST(account.logout)

urlpatterns: list[URLPattern] = [
    # Our own names first: they are what other pages use.
    path("login/", sign_in, name="account_login"),
    path("login/", sign_in, name="login"),
    path("logout/", sign_out, name="account_logout"),
    path("logout/", sign_out, name="logout"),
    path("login/code/", by_code(factor.authenticate), name="mfa_authenticate"),
    path("login/passkey/", by_key(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("login/sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/sso/error/", social.login_error, name="socialaccount_login_error"),
    path("login/sso/<str:provider_id>/", sso.login, name="openid_connect_login"),
    path("login/sso/<str:provider_id>/back/", sso.callback, name="openid_connect_callback"),
    path("password/forgotten/", by_mail(pages.forgotten_password), name="account_reset_password"),
    path("password/sent/", pages.link_sent, name="password-link-sent"),
    path("password/link/", pages.password_link, name="password-link"),
    path(
        "password/new/<str:uidb36>/",
        account.password_reset_from_key,
        {"key": "set-password"},
        name="account_reset_password_from_key",
    ),
    path(
        "password/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/", pages.account, name="account"),
    path("account/confirm/", by_password(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code/", by_code(factor.reauthenticate), name="mfa_reauthenticate"),
    path(
        "account/confirm/passkey/",
        by_key(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/password/", change_password, name="account_change_password"),
    # Whom only the identity provider knows gets no password past it.
    path("account/password/first/", pages.no_password, name="account_set_password"),
    path("account/sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("account/sessions/<int:pk>/end/", pages.session_end, name="account-session-end"),
    path("account/tokens/", pages.tokens, name="account-tokens"),
    path("account/tokens/<int:pk>/revoke/", pages.token_revocation, name="account-token-revoke"),
    path("account/calendars/", calendars.calendars, name="account-calendars"),
    path(
        "account/calendars/<int:pk>/revoke/",
        calendars.calendar_revocation,
        name="account-calendar-revoke",
    ),
    path(
        "components/<str:code>/calendar/",
        calendars.calendar_subscription,
        name="calendar-subscription",
    ),
    path("account/factors/", factor.index, name="mfa_index"),
    path("account/factors/app/", add_app, name="mfa_activate_totp"),
    path("account/factors/app/remove/", remove_app, name="mfa_deactivate_totp"),
    path("account/factors/codes/", see_codes, name="mfa_view_recovery_codes"),
    path("account/factors/codes/new/", make_codes, name="mfa_generate_recovery_codes"),
    path("account/factors/codes/file/", download_codes, name="mfa_download_recovery_codes"),
    path("account/factors/keys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/factors/keys/new/", add_key, name="mfa_add_webauthn"),
    path("account/factors/keys/<int:pk>/", rename_key, name="mfa_edit_webauthn"),
    path("account/factors/keys/<int:pk>/remove/", remove_key, name="mfa_remove_webauthn"),
]
