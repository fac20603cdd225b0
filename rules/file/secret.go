package file

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"
)

// A Secret is a secret value, or the file that holds it. The file is read by
// who uses the secret, each time, so that credentials can rotate.
type Secret struct {
	Value config.Secret // printed as <secret>
	File  string        // as written: against the folder of the config
}

// Set reports whether there is a secret.
func (s Secret) Set() bool { return s.Value != "" || s.File != "" }

// String hides the value.
func (s Secret) String() string {
	if s.Value != "" {
		return "<secret>"
	}
	return s.File
}

// GoString hides the value.
func (s Secret) GoString() string { return s.String() }

// A rawSecret is a secret as written: by value or by file.
type rawSecret struct{ value, file text }

func (s rawSecret) set() bool { return s.value.set() || s.file.set() }

func (s rawSecret) pos() pos {
	if s.value.set() {
		return s.value.pos
	}
	return s.file.pos
}

// or returns the secret, or another one if nobody wrote it.
func (s rawSecret) or(other rawSecret) rawSecret {
	if s.set() {
		return s
	}
	return other
}

// one reports a secret that is there by value and by file.
func (s rawSecret) one(name string) {
	if s.value.set() && s.file.set() {
		s.file.bad(CodeConflict, "%s and %s_file exclude one another", name, name)
	}
}

func variable() *regexp.Regexp { return regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`) }

// expanded reads a text in which a whole ${NAME} stands for a variable of the
// environment. Only URLs and secrets are read so, and only where the caller
// trusts the file: lookup is nil otherwise.
func (d *doc) expanded(into *text) setter {
	return func(n *yaml.Node) {
		d.text(into)(n)
		if !into.set() {
			return
		}
		if s, ok := d.expand(into.s, into.pos); ok {
			into.s = s
		}
	}
}

func (d *doc) expand(s string, at pos) (string, bool) {
	m := variable().FindStringSubmatch(s)
	if m == nil || d.lookup == nil {
		return s, false
	}
	v, ok := d.lookup(m[1])
	if !ok {
		at.bad(CodeEnvironment, "the variable %s is not set", m[1])
		return "", true
	}
	return v, true
}

// absoluteURL reads an http or https URL. What is left of ${NAME} because
// nothing is expanded passes. The text of a problem never holds the URL: it may
// be a secret as a whole.
func (t text) absoluteURL() (string, bool) {
	if variable().MatchString(t.s) {
		return t.s, true
	}
	if u, err := url.Parse(t.s); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		return t.s, true
	}
	if !t.unexpanded() {
		t.bad(CodeURL, "not an absolute http or https URL")
	}
	return "", false
}

// unexpanded reports whether the text is empty because a variable is not set, which
// was reported.
func (t text) unexpanded() bool {
	if t.s != "" || t.d == nil || t.n == nil || t.d.lookup == nil {
		return false
	}
	m := variable().FindStringSubmatch(t.n.Value)
	if m == nil {
		return false
	}
	_, found := t.d.lookup(m[1])
	return !found
}

// maskError removes secrets from the text of an error that quotes its input.
func maskError(err error) string {
	return Mask(strings.TrimPrefix(fmt.Sprint(err), "yaml: "))
}
