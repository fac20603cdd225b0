package mailtest

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // CRAM-MD5 is made of it
	"encoding/hex"
	"strings"

	"github.com/emersion/go-smtp"
)

// login is the mechanism LOGIN.
type login struct {
	check func(user, password string) error
	step  int
	user  string
}

// Next takes the next answer of the client.
func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.step == 0 && response == nil {
		l.step = 1
		return []byte("Username:"), false, nil
	}
	if l.step <= 1 {
		l.step, l.user = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// cram is the mechanism CRAM-MD5.
type cram struct {
	user, password string
	check          func(user, password string) error
	asked          bool
}

const challenge = "<1.1@mailtest.invalid>"

// Next asks, then checks the digest.
func (c *cram) Next(response []byte) ([]byte, bool, error) {
	if !c.asked {
		c.asked = true
		return []byte(challenge), false, nil
	}
	user, digest, _ := strings.Cut(string(response), " ")
	mac := hmac.New(md5.New, []byte(c.password))
	mac.Write([]byte(challenge))
	if digest != hex.EncodeToString(mac.Sum(nil)) {
		return nil, true, smtp.ErrAuthFailed
	}
	return nil, true, c.check(user, c.password)
}

// xoauth2 is the mechanism XOAUTH2; the token takes the password's place.
type xoauth2 func(user, token string) error

// Next checks the token.
func (x xoauth2) Next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for _, field := range strings.Split(string(response), "\x01") {
		if u, ok := strings.CutPrefix(field, "user="); ok {
			user = u
		}
		if t, ok := strings.CutPrefix(field, "auth=Bearer "); ok {
			token = t
		}
	}
	return nil, true, x(user, token)
}
