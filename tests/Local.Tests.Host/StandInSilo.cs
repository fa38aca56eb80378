namespace Vitrine.Local.Tests.Host;

/// <summary>Is ready, makes the trust anchor, and writes down its settings; no more.</summary>
internal static class StandInSilo
{
    public static async Task Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var settings = builder.Configuration.GetSection("Vitrine");
        await File.WriteAllTextAsync(Path.Combine(settings["Pki"]!, "root.pem"), "anchor");
        await File.WriteAllLinesAsync(Path.Combine(settings["Blobs"]!, "silo-settings"), settings.GetChildren().Select(child => $"{child.Key}={child.Value}"));
        if (settings["Refuse"] is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            Environment.Exit(3);
        }

        builder.WebHost.UseUrls(settings["Urls"]!);
        var app = builder.Build();
        app.MapGet("/health", () => "ready");
        await app.RunAsync();
    }
}
