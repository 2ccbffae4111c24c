"""Who can become whom on Google Cloud: techniques as data, judged against effective access and real targets."""
