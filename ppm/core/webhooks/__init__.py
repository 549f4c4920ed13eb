"""Webhooks by Standard Webhooks 1.0: where they may go, how they are signed, sent and repeated."""
