
BbJ½