"""Signing in: passwords, second factors, single sign-on, sessions and tokens of one's own.

django-allauth does it; here is what the product adds: limits that hold, one way to look a person
up, links by mail, and the pages that allauth has not.
"""
