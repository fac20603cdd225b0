package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tocsin/check"
	"tocsin/rules/file"
)

type checkCommand struct {
	Files  []string `arg:"" optional:"" help:"Rule files, configs, or patterns of them. Default: ${configfile} and the rules that it names."`
	Strict bool     `help:"Exit with 1 on warnings too."`
}

// Help tells the exit codes.
func (checkCommand) Help() string {
	return "Reads files as the daemon would, but expands nothing from the environment and asks no source: it is safe on files of strangers.\n\n" +
		"Exit codes: 0 clean (warnings too, unless --strict), 1 mistakes, 2 a file can't be opened."
}

// Run checks the files and shows all that is wrong with them.
func (c checkCommand) Run(w process) error {
	names, err := c.names()
	if err != nil {
		return err
	}
	report := check.Run(file.Disk{}, names)
	if err := check.Render(w.out, report.Problems, os.ReadFile, w.color(w.out)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w.out, report.Summary()); err != nil {
		return err
	}
	if report.Errors() > 0 || (c.Strict && report.Warnings() > 0) {
		return &exitError{code: exitBad}
	}
	return nil
}

// names expands patterns, which a shell may have left alone.
func (c checkCommand) names() ([]string, error) {
	if len(c.Files) == 0 {
		c.Files = []string{defaultConfigFile}
	}
	return filesOf(c.Files)
}

func readable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: name its files, such as %s", name, filepath.Join(name, "*.yaml"))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return &exitError{exitUsage, err}
	}
	return nil
}
