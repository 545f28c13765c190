"""Summarizers compared on documents of many kinds.

sets       the documents
systems    what summarises them
rows       a summary, its scores, and what it is like
report     the table and the page
"""
