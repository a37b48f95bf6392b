#!/bin/sh
# Without a password the server answers its own machine only unless protected mode is off; in a container that is nobody.
case "${1-}" in
	'' | -*) exec "$SERVER" --dir /data --protected-mode no "$@" ;;
	*-server) exec "$@" --dir /data --protected-mode no ;;
	*) exec "$@" ;;
esac
