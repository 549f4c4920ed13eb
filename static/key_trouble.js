// Says on the page why a passkey or a security key did nothing: allauth tells the console only.
(() => {
  const REASONS = {
    InvalidStateError: "This key is registered already.",
    NotAllowedError: "Nothing was done: it was cancelled, took too long, or this key is not known here.",
    SecurityError: "Keys do not work at this address: they need HTTPS and the site's own name, not an IP address.",
  };
  const OTHERWISE = "The key could not be used. Try again, or choose another way.";

  document.addEventListener("allauth.error", (event) => {
    const trouble = document.getElementById("key-trouble");
    trouble.textContent = REASONS[event.detail.exception.name] ?? OTHERWISE;
    trouble.hidden = false;
    event.preventDefault();
  });
})();
