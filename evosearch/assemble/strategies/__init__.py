"""Single strategies of a ranking, played again on the bars that they were measured on."""
