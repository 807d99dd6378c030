
ByJ"03lD@Bª:D
E>¬<7D¢?x7oA$¸)C
E®D¼=