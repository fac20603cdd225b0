package promapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/engine"
	"tocsin/evaluator"
)

const hidden = "s3cr3t+/&pass"

// echo answers with all that it was sent, as some proxies do in their errors.
func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusTeapot)
	_ = r.Header.Write(w)
	_, _ = w.Write([]byte(r.URL.String()))
	user, password, _ := r.BasicAuth()
	_, _ = w.Write([]byte(" " + user + " " + password + " " + url.QueryEscape(password)))
}

func secretFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(hidden+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestSecretsAreInNoError(t *testing.T) {
	file := secretFile(t)
	base := serve(t, echo)
	rows := map[string]func(c *config.HTTPClientConfig) string{
		"password in the URL": func(*config.HTTPClientConfig) string {
			return strings.Replace(base, "://", "://user:"+url.QueryEscape(hidden)+"@", 1)
		},
		"parameter of the URL": func(*config.HTTPClientConfig) string {
			return base + "?token=" + url.QueryEscape(hidden)
		},
		"bearer token": func(c *config.HTTPClientConfig) string {
			c.Authorization = &config.Authorization{Type: "Bearer", Credentials: hidden}
			return base
		},
		"bearer token in a file": func(c *config.HTTPClientConfig) string {
			c.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: file}
			return base
		},
		"old form of bearer token": func(c *config.HTTPClientConfig) string {
			c.BearerToken = hidden
			return base
		},
		"basic auth": func(c *config.HTTPClientConfig) string {
			c.BasicAuth = &config.BasicAuth{Username: "user", Password: hidden}
			return base
		},
		"basic auth in a file": func(c *config.HTTPClientConfig) string {
			c.BasicAuth = &config.BasicAuth{Username: "user", PasswordFile: file}
			return base
		},
		"header": func(c *config.HTTPClientConfig) string {
			c.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{"X-Token": {Secrets: []config.Secret{hidden}}}}
			return base
		},
		"header in a file": func(c *config.HTTPClientConfig) string {
			c.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{"X-Token": {Files: []string{file}}}}
			return base
		},
	}
	for name, set := range rows {
		t.Run(name, func(t *testing.T) {
			cfg := config.DefaultHTTPClientConfig
			got := source(t, Options{URLs: []string{set(&cfg)}, HTTP: &cfg}).Ask(t.Context(), engine.Ask{Expr: "up"})
			checkHidden(t, got.Error)
			if got.Outcome != evaluator.Unavailable || !strings.Contains(got.Error, "418") || !strings.Contains(got.Error, "<secret>") {
				t.Errorf("the echo shows nothing: %s", got.Error)
			}
		})
	}
}

func checkHidden(t *testing.T, text string) {
	t.Helper()
	for _, bad := range []string{hidden, url.QueryEscape(hidden), "dXNlcjpz"} { // base64 of user:s
		if strings.Contains(text, bad) {
			t.Errorf("%q is in %s", bad, text)
		}
	}
}

func TestSecretsAreInNoErrorOfTransport(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	password := url.QueryEscape(hidden)
	for _, base := range []string{
		strings.Replace(closed.URL, "://", "://user:"+password+"@", 1),
		closed.URL + "/?token=" + password,
	} {
		got := source(t, Options{URLs: []string{base}, Timeout: time.Second}).Ask(t.Context(), engine.Ask{Expr: "up"})
		checkHidden(t, got.Error)
		if !strings.HasPrefix(got.Error, closed.URL+": ") {
			t.Errorf("the server is not named: %s", got.Error)
		}
	}
}

func TestOAuth2SecretIsInNoError(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		says(401, `{"error":"invalid_client","error_description":"`+r.Form.Encode()+r.Header.Get("Authorization")+`"}`)(w, r)
	})
	cfg := config.DefaultHTTPClientConfig
	cfg.OAuth2 = &config.OAuth2{ClientID: "user", ClientSecret: hidden, TokenURL: base}
	got := source(t, Options{URLs: []string{base}, HTTP: &cfg}).Ask(t.Context(), engine.Ask{Expr: "up"})
	checkHidden(t, got.Error)
	if got.Outcome != evaluator.Unavailable || !strings.Contains(got.Error, "invalid_client") {
		t.Error(show(got))
	}
}

// A token server that hangs must not hold the question: tokens are fetched
// without a deadline.
func TestHungTokenServer(t *testing.T) {
	token := serve(t, hang)
	base := serve(t, says(200, vectorOf(one)))
	cfg := config.DefaultHTTPClientConfig
	cfg.OAuth2 = &config.OAuth2{ClientID: "user", ClientSecret: hidden, TokenURL: token}
	begin := time.Now()
	got := source(t, Options{URLs: []string{base}, HTTP: &cfg, Timeout: 50 * time.Millisecond}).Ask(t.Context(), engine.Ask{Expr: "up"})
	if got.Outcome != evaluator.Unavailable || time.Since(begin) > 10*time.Second {
		t.Errorf("after %v: %s", time.Since(begin), show(got))
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://prom": "prom:80", "https://prom/x": "prom:443", "http://prom:9090": "prom:9090", "https://[::1]": "[::1]:443",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := address(u); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestWrongOptionsTellNoSecret(t *testing.T) {
	for _, base := range []string{"http://user:" + hidden + "@host:port", "ftp://user:" + hidden + "@host", "host:9090", "", "http://"} {
		_, err := New(Options{Name: "main", URLs: []string{"http://ok:9090", base}})
		if err == nil || !strings.HasPrefix(err.Error(), `source "main": url 2 of 2: not a`) {
			t.Errorf("%s: %v", base, err)
			continue
		}
		checkHidden(t, err.Error())
	}
	if _, err := New(Options{Name: "main"}); err == nil {
		t.Error("a source without a URL is accepted")
	}
	cfg := config.DefaultHTTPClientConfig
	cfg.TLSConfig.CAFile = filepath.Join(t.TempDir(), "none")
	if _, err := New(Options{Name: "main", URLs: []string{"https://ok"}, HTTP: &cfg}); err == nil || !strings.Contains(err.Error(), `source "main": `) {
		t.Errorf("a missing CA file: %v", err)
	}
}

// F38: credentials rotate.
func TestF38CredentialsAreReadAnew(t *testing.T) {
	file := secretFile(t)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new" {
			says(401, "")(w, r)
			return
		}
		says(200, vectorOf(one))(w, r)
	})
	cfg := config.DefaultHTTPClientConfig
	cfg.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: file}
	s := source(t, Options{URLs: []string{base}, HTTP: &cfg})
	if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != evaluator.Unavailable {
		t.Errorf("with the old ones: %s", show(got))
	}
	if err := os.WriteFile(file, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != evaluator.Good {
		t.Errorf("with the new ones: %s", show(got))
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != evaluator.Unavailable || !strings.Contains(got.Error, "unable to read authorization credentials") {
		t.Errorf("without any: %s", show(got))
	}
}
