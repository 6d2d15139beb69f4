"""Review: people judge events, and what follows from their verdicts.

`judged_events` opens a database or a scan, `sampling` chooses what to judge, `clip_sound` finds its sound, `screen`
asks in the terminal, `table_files` through tables. From verdicts, `precision` estimates how many events are right
above a threshold, and `examples` lists sounds to train on. No module but `screen` needs a terminal.
"""
