"""How people come in: means of signing in, what a session knows of them, what is demanded.

allauth leads through the steps; here stands what Pacta asks of it (`adapters`), what a session says of how somebody
came in (`session`), and the means that an account holds (`factors`).
"""
