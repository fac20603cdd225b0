package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

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

// orDefault is the default config, where no files were named; it has to be there.
func orDefault() (string, error) {
	if _, err := os.Stat(defaultConfigFile); errors.Is(err, os.ErrNotExist) {
		return "", usageError("there is no %s here: name a config, or rule files such as rules/*.yaml", defaultConfigFile)
	}
	return defaultConfigFile, nil
}

// load reads the configuration, prints its problems to stderr, and returns nil
// unless all of them are warnings.
func (f configFlags) load(w process, mute bool) (*file.Loaded, error) {
	name, err := f.configFile()
	if err != nil {
		return nil, err
	}
	loaded, problems := file.Load(file.Options{
		ConfigFile: name, Lookup: w.getenv, Getenv: w.getenv, ExternalURL: f.ExternalURL, Mute: mute,
	})
	if err := w.showProblems(problems); err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, &exitError{exitBad, refused(problems)}
	}
	if f.Store != "" {
		loaded.Store = f.Store
	}
	loaded.Written = nil // a daemon need not keep the text of its rules
	return loaded, nil
}

// refused names the first mistake, for who asked for a reload sees no stderr.
func refused(problems []rules.Problem) error {
	var mistakes []rules.Problem
	for _, p := range problems {
		if !p.Warning {
			mistakes = append(mistakes, p)
		}
	}
	switch len(mistakes) {
	case 0:
		return errors.New("the configuration is refused")
	case 1:
		return fmt.Errorf("the configuration is refused: %w", mistakes[0])
	}
	return fmt.Errorf("the configuration is refused: %w, and %d more", mistakes[0], len(mistakes)-1)
}

// pin settles which file is read, for as long as the process lives: a default
// config that is gone for a moment, as in the middle of a checkout, must not turn
// a reload over to the environment and the starter rules.
func (f *configFlags) pin() (err error) {
	f.ConfigFile, err = f.configFile()
	return err
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

// showProblems tells of problems, but for warnings that comments switch off. What is
// wrong with the comments is for check to say.
func (w process) showProblems(problems []rules.Problem) error {
	problems = file.Suppression{Read: os.ReadFile, Today: time.Now()}.Apply(problems)
	if w.problems != nil {
		logProblems(w.problems, problems)
		return nil
	}
	return check.Render(w.err, problems, os.ReadFile, w.color(w.err))
}

// logProblems writes problems as lines of the log, for who reads it by machine.
func logProblems(log *slog.Logger, problems []rules.Problem) {
	for _, p := range problems {
		level := slog.LevelError
		if p.Warning {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "problem in the configuration",
			"place", strings.TrimSuffix(p.Place(), ": "), "problem", p.Text, "code", p.Code, "hint", p.Hint)
	}
}
