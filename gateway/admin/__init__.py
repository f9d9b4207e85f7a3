"""The admin API: a way to the store of releases and to this process, for operators."""
