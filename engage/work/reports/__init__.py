"""Reports of a period: what is gathered, the sections it becomes, the forms it is written in. Nothing is changed."""
