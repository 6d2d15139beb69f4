"""The page: what a station or a database has heard, in the browser; see ``docs/page.md``.

It reads the database in threads of its own and keeps in memory only what makes it quick: the recordings
(`whipbird.page.runs`), events by label and hour (`whipbird.page.counts`), and the verdicts (`whipbird.page.judged`).
"""
