package attempt

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/prometheus/common/config"
)

// A Secret is a value, or the file that holds it. The file is read at each
// attempt, so that a rotated secret is used as soon as it is there.
type Secret struct {
	Value config.Secret
	File  string
}

// Set reports whether there is anything.
func (s Secret) Set() bool { return s.Value != "" || s.File != "" }

// Read returns the secret. An empty file is an error: it is a file being
// written.
func (s Secret) Read() (string, error) {
	if s.File == "" {
		return string(s.Value), nil
	}
	b, err := os.ReadFile(s.File)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	text := strings.TrimSpace(string(b))
	if text == "" {
		return "", fmt.Errorf("secret: %q is empty", s.File)
	}
	return text, nil
}

// Address reads the secret as the address to post to. Nothing of a malformed one
// is told: it is a secret all the same.
func (s Secret) Address() (string, error) {
	text, err := s.Read()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("not an http or https URL")
	}
	return text, nil
}

// Cause returns an error's text without the address that net/http puts into it,
// and without any of the secrets.
func Cause(err error, secrets ...string) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return Redact(err.Error(), secrets...)
}

// Redact replaces secrets in a text.
func Redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "<secret>")
		}
	}
	return text
}
