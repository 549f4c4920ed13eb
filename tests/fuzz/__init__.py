"""Requests that Schemathesis makes up from the API's description, and what came of them."""
