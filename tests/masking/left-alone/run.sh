mkdir -p /var/lib/mysql
mysql -P 3306 -p app
mysql -h mysql -u app -p"$DB_PASSWORD" app
docker run -p 8080:80 -p443:443 mysql:8
ssh -p22 mysql.example
curl -u "$USER:$PASS" https://h
curl -u ci https://h
chown -R mysql:mysql /var/lib/mysql
sshpass -e ssh host
db-tool --password-file /run/x --verbose
