module first.mainstay

go 1.26.0
