package past

import "tocsin/backtest"

func markdown(*backtest.Result, Options) (string, error)               { return "", nil }
func markdownDifference(*backtest.Difference, Options) (string, error) { return "", nil }
func html(*backtest.Result, Options) (string, error)                   { return "", nil }
func htmlDifference(*backtest.Difference, Options) (string, error)     { return "", nil }
