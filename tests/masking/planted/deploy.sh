#!/bin/sh
mysql -h db -u app -p§. app < dump.sql
/usr/bin/mariadb-dump -p'§.' app
sshpass -p §. ssh -p 22 host
redis-cli -h r -a §. ping
mongo admin -u root -p §. --eval 'x'
docker login -u ci -p §. registry.example
helm registry login registry.example --username ci --password §.
curl -uci:§. https://h
curl -X POST --user ci:§. https://h
wget --http-user=ci --http-password=§. https://h
ldapsearch -x -D cn=admin -w §. -b dc=x
openssl rsa -passin pass:§. -in k.pem
keytool -list -storepass §. -keystore ks
setenv DB_PASSWORD §.
db-tool --password §. --verbose
db-tool --password '§.' | tee x
