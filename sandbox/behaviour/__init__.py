"""What a stream's customers do, in figures: their ways through a visit, their week, who stays and who leaves."""
