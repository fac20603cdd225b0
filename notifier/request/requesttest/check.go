package requesttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"unicode/utf16"
	"unicode/utf8"
)

// decode reads JSON strictly: no unknown field, nothing behind it, all UTF-8.
func decode(r *http.Request, body []byte, into any) error {
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		return fmt.Errorf("content type %q", got)
	}
	if !utf8.Valid(body) {
		return errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}

// length is how long a text is to a service that counts UTF-16 units.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

// within reports a text that is empty or too long.
func within(name, s string, most int) error {
	if n := length(s); n == 0 || n > most {
		return fmt.Errorf("%s has %d characters, of 1 to %d", name, n, most)
	}
	return nil
}

// atMost reports a text that is too long.
func atMost(name, s string, most int) error {
	if n := length(s); n > most {
		return fmt.Errorf("%s has %d characters, of at most %d", name, n, most)
	}
	return nil
}

func oneOf(name, s string, of ...string) error {
	for _, want := range of {
		if s == want {
			return nil
		}
	}
	return fmt.Errorf("%s is %q, not one of %q", name, s, of)
}

func web(name, s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s is no web address: %q", name, s)
	}
	return nil
}

// quoted writes a text as JSON.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
