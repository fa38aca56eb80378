using Vitrine.Silo;

var app = await SiloHost.Build(args);
await app.RunAsync();
