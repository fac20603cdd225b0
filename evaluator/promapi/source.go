package promapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/engine"
)

// Defaults of Options.
const (
	DefaultTimeout  = 10 * time.Second
	DefaultMaxBytes = 256 << 20
)

// Options say where a source is and how to talk to it.
type Options struct {
	// Name is the source's name in the config.
	Name string
	// URLs are those of servers that answer alike, such as http://prom-a:9090 or
	// https://mimir/prometheus: what comes before /api/v1. The first that answers
	// is taken.
	URLs []string
	// HTTP is how to connect and who to be; nil is the default of
	// prometheus/common. Credentials from files are read anew for each request.
	HTTP *config.HTTPClientConfig
	// Timeout bounds one question, all of its attempts together; 0 is
	// DefaultTimeout. An earlier deadline of the context counts.
	Timeout time.Duration
	// MaxBytes is how large a body may be, unpacked; 0 is DefaultMaxBytes.
	MaxBytes int64
	// UserAgent is sent with each request if it is not empty.
	UserAgent string
}

// A Source is one Prometheus, or several that answer alike. It is an
// engine.Source and an engine.Ranger.
type Source struct {
	servers   []*server
	client    *http.Client
	timeout   time.Duration
	maxBytes  int64
	secrets   *secrets
	bodies    sync.Pool    // of *bodyReader
	preferred atomic.Int32 // index of the server that answered last
}

// A server is one of the URLs of a source.
type server struct {
	base  *url.URL
	shown string      // the URL as errors name it
	byGET atomic.Bool // it refuses POST
}

// The interfaces that a Source is made for.
var (
	_ engine.Source = (*Source)(nil)
	_ engine.Ranger = (*Source)(nil)
)

// New makes a source. It asks nothing: a server that is not there, or whose name
// can't be resolved, shows when it is asked.
func New(o Options) (*Source, error) {
	s := &Source{timeout: o.Timeout, maxBytes: o.MaxBytes}
	if s.timeout <= 0 {
		s.timeout = DefaultTimeout
	}
	if s.maxBytes <= 0 {
		s.maxBytes = DefaultMaxBytes
	}
	if len(o.URLs) == 0 {
		return nil, fmt.Errorf("source %q has no url", o.Name)
	}
	for i, text := range o.URLs {
		srv, err := newServer(text)
		if err != nil {
			return nil, fmt.Errorf("source %q: url %d of %d: %w", o.Name, i+1, len(o.URLs), err)
		}
		s.servers = append(s.servers, srv)
	}
	cfg := config.DefaultHTTPClientConfig
	if o.HTTP != nil {
		cfg = *o.HTTP
	}
	s.secrets = newSecrets(cfg, s.servers)
	var err error
	if s.client, err = newClient(cfg, o, s.servers, s.timeout); err != nil {
		return nil, fmt.Errorf("source %q: %s", o.Name, s.secrets.redact(err.Error()))
	}
	return s, nil
}

// newServer reads a URL. The text itself is in no error: it may hold a password.
func newServer(text string) (*server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not a valid URL")
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("not an http or https URL with a host")
	}
	return &server{base: u, shown: shown(u)}, nil
}

// Close lets go of idle connections. Questions under way go on.
func (s *Source) Close() { s.client.CloseIdleConnections() }
