using Vitrine.Gateway;

try
{
    await GatewayHost.Build(args).RunAsync();
}
catch (OperationCanceledException)
{
    // Told to stop while no silo had been found yet: that is an end like any other.
}
