DB = dict(password="§.", host='h')
SECRET_KEY = os.environ.get("SECRET_KEY", "§.")
client.login("ci", password='§.')
