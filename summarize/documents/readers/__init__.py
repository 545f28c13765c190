"""Readers: the bytes of a file of one format in, its text with sections and fields out.

markdown, restructured_text, light_markup (Org, AsciiDoc), latex, notebook, xml     texts with markup
html            pages: the article; html_cleaning: what is taken out before; markup: the visible blocks of a tree
mail            messages and mailboxes; mail_*: header, lines, quotations, marks of programs
plain_text      text; gutenberg: Project Gutenberg's notices
chats, chat_json, chat_html, subtitles     conversations; turns: what they have in common
docx, presentations, spreadsheets, opendocument, rtf, outlook     office files
epub, pdf       books and pages; verse for the former, pdf_* for the steps of the latter
zip_archive, runs, word_styles, symbol_font, table_cells     what several of them need

Each has the signature of `documents.reading.Reader`. Libraries are imported where they are used.
"""
