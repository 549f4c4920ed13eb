"""The audit trail of everything that is no fact: written by triggers, sealed, read and exported.

`tables` says what is audited, `triggers` has the database do it, `acting` tells it who acts,
`sealing` chains the events, `reading` shows them.
"""
