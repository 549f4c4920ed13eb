"""The admin site for governance bodies: its rule of access, its pages, its actions.

The models themselves are registered in the `admin` of each app.
"""
