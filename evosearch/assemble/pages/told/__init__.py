"""What a page says beside its pictures: the verdict, rules and tables, and what all rests on."""
