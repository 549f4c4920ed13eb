"""Taking files apart that nobody has vouched for, in a process that can do nothing else.

`python -m portfolios.parsing LAYOUT` reads the file at its standard input and writes its rows to
the standard output, each as a JSON list of texts, the headings first. It knows neither Django nor
the database, starts in a twentieth of a second, and may use only so much memory and time.
"""
