BscoresJ8
NS>
NSพnA>nAพqY>qYพvต=vตฝÞฉพÞฉ>ฯพฯ>n1พn1>