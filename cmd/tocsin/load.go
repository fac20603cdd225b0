package main

import (
	"errors"
	"fmt"
	"os"

	"tocsin/check"
	"tocsin/rules"
	"tocsin/rules/file"
)

const defaultConfigFile = "tocsin.yaml"

// configFlags say where the configuration comes from.
type configFlags struct {
	ConfigFile  string `name:"config.file" placeholder:"FILE" help:"Config file. Default ${configfile}; without it the environment alone must do (PROMETHEUS_URL, ALERT_WEBHOOK_URL, …)."`
	ExternalURL string `name:"web.external-url" placeholder:"URL" help:"URL under which people reach this daemon, for links in messages."`
	Store       string `name:"store" placeholder:"URL" help:"Where state is kept: a file, or memory:. Overrides the config."`
}

// load reads the configuration, prints its problems to stderr, and returns nil
// unless all of them are warnings.
func (f configFlags) load(w process, mute bool) (*file.Loaded, error) {
	name, err := f.configFile()
	if err != nil {
		return nil, err
	}
	loaded, problems := file.Load(file.Options{ConfigFile: name, Lookup: w.getenv, Getenv: w.getenv, Mute: mute})
	if err := w.showProblems(problems); err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, &exitError{exitBad, fmt.Errorf("the configuration has mistakes: nothing was started")}
	}
	if f.ExternalURL != "" {
		loaded.ExternalURL = f.ExternalURL
	}
	if f.Store != "" {
		loaded.Store = f.Store
	}
	return loaded, nil
}

// configFile returns the file to read, or "" where there is none and none was
// asked for.
func (f configFlags) configFile() (string, error) {
	name := f.ConfigFile
	if name == "" {
		name = defaultConfigFile
	}
	switch _, err := os.Stat(name); {
	case err == nil:
		return name, nil
	case errors.Is(err, os.ErrNotExist) && f.ConfigFile == "":
		return "", nil
	default:
		return "", &exitError{exitUsage, fmt.Errorf("config file: %w", err)}
	}
}

func (w process) showProblems(problems []rules.Problem) error {
	return check.Render(w.err, problems, os.ReadFile, w.color(w.err))
}
