vault login §.
vault login -no-print §.
vault login -method=userpass username=ci password=§.
htpasswd -b /etc/users ci §.
htpasswd -nbB ci §.
sqlplus app/§.@db
sqlcmd -S h -U sa -P §. -Q 'select 1'
smbclient -U 'ci%§.' //h/share
mosquitto_pub -h h -u ci -P §. -t x
rabbitmqctl add_user ci §.
rabbitmqctl change_password ci §.
kubectl create secret generic a --from-literal=first=§. --from-literal second=§.
aws configure set aws_secret_access_key §.
curl -H "PRIVATE-TOKEN: §." https://h
curl -H 'X-Custom-Secret: §.' https://h
openssl enc -aes-256-cbc -k §. -in a
ssh-keygen -t ed25519 -N §. -f k
7z a -p§. x.7z y
echo ci:§. | chpasswd
echo 'ci:§.' | chpasswd -e
useradd -m -p §. ci
az login --service-principal -u ci -p §. --tenant t
snmpget -v2c -c §. h 1.3
wget --header="Authorization: Bearer §." https://h
argocd login h --username ci --password §.
psql "host=h user=u password=§."
export PGPASSWORD=§.
read -r x <<< "password=§."
gpg --batch --passphrase §. -d x
