package file

import (
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A SourceConfig is a source with what it takes to reach it.
type SourceConfig struct {
	rules.Source
	URLs []string // the first that answers is asked
	HTTP *config.HTTPClientConfig
}

// A rawSource is a source as written.
type rawSource struct {
	pos
	name        string
	urls        []text
	timeout     span
	downAfter   span
	concurrency count
	http        *config.HTTPClientConfig
}

func (d *doc) source(key, value *yaml.Node) *rawSource {
	s := &rawSource{pos: d.at(key), name: key.Value}
	if !validID(s.name) {
		s.bad(CodeName, "source %q: letters, digits and . _ : - only", short(s.name))
	}
	var one text
	d.object(value, "source", fields{
		"url": d.expanded(&one),
		"urls": d.each("URLs", func(n *yaml.Node) {
			var t text
			d.expanded(&t)(n)
			if t.set() {
				s.urls = append(s.urls, t)
			}
		}),
		"timeout":     d.positive(&s.timeout),
		"down_after":  d.positive(&s.downAfter),
		"concurrency": d.count(&s.concurrency),
		"http_config": d.httpConfig(&s.http),
	})
	if one.set() {
		if len(s.urls) > 0 {
			one.bad(CodeConflict, "a source has url or urls, not both")
		}
		s.urls = append(s.urls, one)
	}
	if len(s.urls) == 0 {
		s.bad(CodeMissing, "source %q has no url", short(s.name))
	}
	return s
}

// Defaults of a source.
const (
	defaultTimeout     = 10 * time.Second
	defaultDownAfter   = 5 * time.Minute
	defaultConcurrency = 16
)

// DefaultSource is a source of which nothing but the name is known.
func DefaultSource(name string) rules.Source {
	return rules.Source{
		Name: name, Timeout: defaultTimeout, DownAfter: defaultDownAfter, Concurrency: defaultConcurrency,
	}
}

func (s *rawSource) build() SourceConfig {
	out := SourceConfig{Source: DefaultSource(s.name), HTTP: s.http}
	out.Timeout, out.DownAfter = s.timeout.or(out.Timeout), s.downAfter.or(out.DownAfter)
	if s.concurrency.set() {
		out.Concurrency = s.concurrency.n
		if s.concurrency.n == 0 {
			s.concurrency.bad(CodeNumber, "at least one query must be allowed")
		}
	}
	for _, u := range s.urls {
		if v, ok := u.absoluteURL(); ok {
			out.URLs = append(out.URLs, v)
		}
	}
	if out.HTTP == nil {
		c := config.DefaultHTTPClientConfig
		out.HTTP = &c
	}
	return out
}
