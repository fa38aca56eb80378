using Vitrine.Inference;
using Vitrine.Silo;

// A silo starts its own program again for an engine that shall not take the silo along when it ends.
if (args is [EngineHost.Command, var pipe])
{
    await EngineHost.Run(pipe, CancellationToken.None);
    return;
}
var app = await SiloHost.Build(args);
await app.RunAsync();
