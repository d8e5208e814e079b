"""Paging: a notification of Alertmanager reaches a person, by one way after the other."""
