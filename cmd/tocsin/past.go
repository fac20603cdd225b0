package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/version"

	"tocsin/evaluator/promapi"
	"tocsin/rules"
	"tocsin/rules/file"
)

// sourceFlags say which sources a command asks that reads files of strangers:
// those files name none and expand nothing, unless they are trusted.
type sourceFlags struct {
	Prometheus  []string `name:"prometheus.url" sep:"none" placeholder:"[SOURCE=]URL" help:"Prometheus to ask; with SOURCE= for a source of the config other than default. Default: PROMETHEUS_URL."`
	HTTPConfig  string   `name:"http.config.file" placeholder:"FILE" help:"How to connect to it and who to be: Prometheus' HTTP client settings, as promtool takes them."`
	TrustConfig bool     `name:"trust-config" help:"Take sources and their credentials from the config, and expand $${NAME} from the environment. Not for files of strangers."`
}

// readFrom loads a config as far as it is trusted. Rule files, if any, replace those
// that it names; without a config they are all there is.
func (f sourceFlags) readFrom(w process, files file.Files, configFile string, ruleFiles []string) (*file.Loaded, []rules.Problem, error) {
	o := file.Options{Files: files, ConfigFile: configFile, Rules: ruleFiles, Mute: true}
	if f.TrustConfig {
		o.Lookup, o.Getenv = w.getenv, w.getenv
	}
	urls, err := f.urls(w)
	if err != nil {
		return nil, nil, err
	}
	http, err := f.http()
	if err != nil {
		return nil, nil, err
	}
	loaded, problems := file.Load(o)
	if loaded != nil {
		loaded.Sources = f.allowed(loaded.Sources, urls, http)
		loaded.Core.Sources = nil
		for _, s := range loaded.Sources {
			loaded.Core.Sources = append(loaded.Core.Sources, s.Source)
		}
	}
	return loaded, problems, nil
}

// allowed are the sources that flags or a trusted config give: timeouts come from
// the config in either case.
func (f sourceFlags) allowed(all []file.SourceConfig, urls map[string]string, http *config.HTTPClientConfig) []file.SourceConfig {
	var out []file.SourceConfig
	if len(all) == 1 && len(urls) == 1 && urls["default"] != "" {
		urls = map[string]string{all[0].Name: urls["default"]} // the one is meant
	}
	for _, s := range all {
		if url := urls[s.Name]; url != "" {
			s.URLs, s.HTTP = []string{url}, http
			delete(urls, s.Name)
		} else if !f.TrustConfig {
			continue
		}
		out = append(out, s)
	}
	for name, url := range urls {
		out = append(out, file.SourceConfig{Source: file.DefaultSource(name), URLs: []string{url}, HTTP: http})
	}
	slices.SortFunc(out, func(a, b file.SourceConfig) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (f sourceFlags) urls(w process) (map[string]string, error) {
	urls := map[string]string{}
	if url, _ := w.getenv("PROMETHEUS_URL"); url != "" {
		urls["default"] = url
	}
	for _, text := range f.Prometheus {
		name, url, named := strings.Cut(text, "=")
		if !named || strings.Contains(name, "/") { // a URL may hold the sign too
			name, url = "default", text
		}
		if !absolute(url) {
			return nil, usageError("--prometheus.url: %q is not an absolute http or https URL", url)
		}
		urls[name] = url
	}
	return urls, nil
}

func (f sourceFlags) http() (*config.HTTPClientConfig, error) {
	if f.HTTPConfig == "" {
		return nil, nil //nolint:nilnil // the default of the sources
	}
	text, err := os.ReadFile(f.HTTPConfig)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--http.config.file: %w", err)}
	}
	http, err := config.LoadHTTPConfig(string(text))
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--http.config.file: %w", err)}
	}
	return http, nil
}

// connectPast makes the sources of a configuration for who asks for much at once.
func connectPast(l *file.Loaded, timeout time.Duration) (map[string]*promapi.Source, error) {
	out := map[string]*promapi.Source{}
	for _, s := range l.Sources {
		source, err := promapi.New(promapi.Options{
			Name: s.Name, URLs: s.URLs, HTTP: s.HTTP, Timeout: max(timeout, s.Timeout), UserAgent: "tocsin/" + version.Version,
		})
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		out[s.Name] = source
	}
	return out, nil
}
