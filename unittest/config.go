package unittest

import (
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
)

// coreConfig is what the core runs on: the config, or, without one, the rules and one
// receiver that is told of everything.
func (t *test) coreConfig() (*rules.Config, error) {
	if t.loaded == nil {
		loaded, problems := t.suite.loadConfig(t.SuiteTest)
		if loaded == nil {
			for _, p := range problems {
				if !p.Warning {
					return nil, errors.New(p.Error())
				}
			}
			return nil, errors.New("the rules can't be read")
		}
		t.loaded = loaded
	}
	c := *t.loaded.Core
	if t.suite.ConfigFile == "" {
		c.Receivers = []rules.Receiver{{Name: defaultReceiver, Integrations: []rules.Integration{{
			Key: "webhook:default", Kind: "webhook", Receiver: defaultReceiver, SendResolved: true, Timeout: 10 * time.Second,
		}}}}
		route := *c.Route
		route.Receiver = defaultReceiver
		c.Route = &route
	}
	c.Sources = sourcesOf(&c)
	return &c, nil
}

// defaultReceiver is who is told where there is no config.
const defaultReceiver = "default"

// sourcesOf are the sources that rules name: they all are the series of the test.
func sourcesOf(c *rules.Config) []rules.Source {
	all := slices.Clone(c.Sources)
	for _, r := range c.Rules {
		if !slices.ContainsFunc(all, func(s rules.Source) bool { return s.Name == r.Source }) {
			all = append(all, file.DefaultSource(r.Source))
		}
	}
	return all
}

// seen are the labels of an alert as people see them, but for relabelling: what has
// ended is no longer known to the planner.
func (l *life) seen(a *evaluator.Alert, level rules.Level) labels.Labels {
	b := labels.NewBuilder(a.Labels)
	switch {
	case a.FixedSeverity != "":
		b.Set("severity", a.FixedSeverity)
	case level > rules.OK:
		b.Set("severity", l.config.Severity.Of(level))
	}
	l.config.ExternalLabels.Range(func(x labels.Label) {
		if !a.Labels.Has(x.Name) {
			b.Set(x.Name, x.Value)
		}
	})
	return b.Labels()
}

// renderer words messages. It is made once for all tests that see the same.
func (l *load) renderer() (*message.Renderer, error) {
	if l.words != nil {
		return l.words, nil
	}
	s := message.Settings{ExternalURL: l.loaded.ExternalURL, ExternalLabels: l.loaded.Core.ExternalLabels, SourceURLs: map[string]string{}}
	for _, t := range l.loaded.Templates {
		s.Templates = append(s.Templates, message.File{Name: t.Name, Text: t.Text})
	}
	var err error
	l.words, err = message.New(s)
	return l.words, err
}
