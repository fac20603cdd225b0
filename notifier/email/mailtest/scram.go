package mailtest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/emersion/go-smtp"
)

// scram is the mechanism SCRAM-SHA-256 (RFC 7677): neither side sends the
// password, and each proves to the other that it knows it.
type scram struct {
	password     string
	check        func(user, password string) error
	step         int
	user         string
	first, reply string // the client's first message without its head; ours
}

const (
	scramSalt   = "c2FsdA=="
	scramRounds = 4096
)

// Next goes on with the exchange.
func (s *scram) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte{}, false, nil
	}
	s.step++
	switch s.step {
	case 1:
		return s.greet(string(response))
	case 2:
		return s.prove(string(response))
	}
	return nil, true, s.check(s.user, s.password)
}

func (s *scram) greet(message string) ([]byte, bool, error) {
	s.first = strings.TrimPrefix(message, "n,,")
	s.user = attribute(s.first, 'n')
	s.reply = "r=" + attribute(s.first, 'r') + "mailtest,s=" + scramSalt + ",i=4096"
	return []byte(s.reply), false, nil
}

// prove checks the client's proof and gives our own.
func (s *scram) prove(message string) ([]byte, bool, error) {
	bare, proof, _ := strings.Cut(message, ",p=")
	salt, _ := base64.StdEncoding.DecodeString(scramSalt)
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, scramRounds, sha256.Size)
	if err != nil {
		return nil, true, err
	}
	said := s.first + "," + s.reply + "," + bare
	key := sum(salted, "Client Key")
	stored := sha256.Sum256(key)
	want := sum(stored[:], said)
	for i := range want {
		want[i] ^= key[i]
	}
	if proof != base64.StdEncoding.EncodeToString(want) {
		return nil, true, smtp.ErrAuthFailed
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(sum(sum(salted, "Server Key"), said))), false, nil
}

func sum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// attribute is the value of name=value among those between commas.
func attribute(message string, name byte) string {
	for _, field := range strings.Split(message, ",") {
		if len(field) > 1 && field[0] == name && field[1] == '=' {
			return field[2:]
		}
	}
	return ""
}
