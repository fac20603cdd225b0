package email

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// authenticate logs in by the best way that the server offers and the settings
// have a secret for. Without a secret it does nothing. It returns the secret
// too, for redaction.
func (s *Sender) authenticate(c *smtp.Client) (secret string, err error) {
	st := s.settings
	if !st.Password.Set() && !st.Secret.Set() && !st.Token.Set() {
		return "", nil
	}
	ok, offered := c.Extension("AUTH")
	if !ok {
		return "", errors.New("the server offers no AUTH")
	}
	for _, way := range s.ways() {
		if !strings.Contains(" "+strings.ToUpper(offered)+" ", " "+way.name+" ") {
			continue
		}
		secret, err = way.read()
		if err != nil {
			return "", err
		}
		return secret, c.Auth(way.auth(secret))
	}
	return "", fmt.Errorf("the server offers AUTH %s, for none of which there is a secret", offered)
}

// A way is one mechanism of AUTH.
type way struct {
	name string
	read func() (string, error)
	auth func(secret string) smtp.Auth
}

// ways are the mechanisms that there is a secret for, best first. PLAIN and
// LOGIN go over TLS only, or to localhost.
func (s *Sender) ways() []way {
	st := s.settings
	var all []way
	if st.Token.Set() {
		all = append(all, way{"XOAUTH2", st.Token.Read, func(x string) smtp.Auth { return smtp.XOAuth2Auth(st.Username, x) }})
	}
	if st.Secret.Set() {
		all = append(all, way{"CRAM-MD5", st.Secret.Read, func(x string) smtp.Auth { return smtp.CRAMMD5Auth(st.Username, x) }})
	}
	if !st.Password.Set() {
		return all
	}
	read := st.Password.Read
	all = append(all,
		way{"SCRAM-SHA-256", read, func(x string) smtp.Auth { return smtp.ScramSHA256Auth(st.Username, x) }},
		way{"PLAIN", read, func(x string) smtp.Auth { return smtp.PlainAuth(st.Identity, st.Username, x, s.host, false) }},
		way{"LOGIN", read, func(x string) smtp.Auth { return smtp.LoginAuth(st.Username, x, s.host, false) }},
	)
	if !st.Secret.Set() {
		all = append(all, way{"CRAM-MD5", read, func(x string) smtp.Auth { return smtp.CRAMMD5Auth(st.Username, x) }})
	}
	return all
}
