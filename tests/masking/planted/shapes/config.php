<?php
define('DB_PASSWORD', '§.');
define( "AUTH_SALT", "§." );
$config['db_password'] = '§.';
$password = "§.";
return ['password' => '§.', 'host' => 'h', 'api_key' => env('API_KEY', '§.')];
