"""The numbers of the pictures: from columns of a ranking, and from a row that is played again."""
