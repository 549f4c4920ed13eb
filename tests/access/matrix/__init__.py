"""The matrix: every caller at every address, with rows of its own, beside it, elsewhere, nowhere.

The addresses come from the URL configuration, the description of the API and the registry of the
admin: what none of the tables here knows how to ask fails the test.
"""
