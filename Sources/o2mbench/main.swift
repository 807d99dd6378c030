print("o2mbench")
