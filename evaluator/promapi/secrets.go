package promapi

import (
	"encoding/base64"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
)

// secrets knows what must not be in an error. Servers and proxies like to echo
// what they were sent.
type secrets struct {
	texts []string
	files []string
	user  string // of basic auth, whose header is a coded pair
}

func newSecrets(cfg config.HTTPClientConfig, servers []*server) *secrets {
	s := new(secrets)
	s.text(string(cfg.BearerToken))
	s.file(cfg.BearerTokenFile)
	if a := cfg.Authorization; a != nil {
		s.text(string(a.Credentials))
		s.file(a.CredentialsFile)
	}
	if b := cfg.BasicAuth; b != nil {
		s.user = b.Username
		s.text(string(b.Password))
		s.file(b.PasswordFile)
	}
	if o := cfg.OAuth2; o != nil {
		s.text(string(o.ClientSecret))
		s.file(o.ClientSecretFile)
		s.text(string(o.ClientCertificateKey))
		s.file(o.ClientCertificateKeyFile)
		s.proxy(o.ProxyConfig)
	}
	s.proxy(cfg.ProxyConfig)
	s.headers(cfg.HTTPHeaders)
	for _, srv := range servers {
		s.url(srv.base)
	}
	return s
}

func (s *secrets) headers(h *config.Headers) {
	if h == nil {
		return
	}
	for _, header := range h.Headers {
		for _, v := range header.Secrets {
			s.text(string(v))
		}
		s.files = append(s.files, header.Files...)
	}
}

func (s *secrets) proxy(p config.ProxyConfig) {
	if p.ProxyURL.URL != nil {
		s.url(p.ProxyURL.URL)
	}
	for _, values := range p.ProxyConnectHeader {
		for _, v := range values {
			s.text(string(v))
		}
	}
}

// url takes the password and the parameters of a URL for secrets.
func (s *secrets) url(u *url.URL) {
	if password, ok := u.User.Password(); ok {
		s.text(password)
		s.text(base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password)))
	}
	for _, values := range u.Query() {
		for _, v := range values {
			s.text(v)
		}
	}
}

func (s *secrets) text(v string) {
	if v != "" {
		s.texts = append(s.texts, v)
	}
}

func (s *secrets) file(name string) {
	if name != "" {
		s.files = append(s.files, name)
	}
}

// redact replaces all secrets in a text. Files are read anew, as they are for
// each request; it runs on failures only.
func (s *secrets) redact(text string) string {
	if text == "" {
		return ""
	}
	all := slices.Clone(s.texts)
	for _, name := range s.files {
		if b, err := os.ReadFile(name); err == nil {
			all = append(all, strings.TrimSpace(string(b)))
		}
	}
	for _, v := range slices.Clone(all) {
		all = append(all, url.QueryEscape(v), base64.StdEncoding.EncodeToString([]byte(s.user+":"+v)))
	}
	// Longer ones first: one secret may be a part of another.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for _, v := range all {
		if v != "" {
			text = strings.ReplaceAll(text, v, "<secret>")
		}
	}
	return text
}
